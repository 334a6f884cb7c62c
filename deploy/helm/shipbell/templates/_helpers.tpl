{{- define "shipbell.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{- define "shipbell.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "shipbell.labels" -}}
{{ include "shipbell.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "shipbell.env" -}}
- {name: SHIPBELL_LISTEN, value: "0.0.0.0:8080"}
- {name: SHIPBELL_DATA, value: /var/lib/shipbell}
{{- if .Values.redis.address }}
- {name: SHIPBELL_STORE, value: {{ .Values.redis.address | quote }}}
{{- if .Values.redis.passwordSecret.name }}
- name: SHIPBELL_REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .Values.redis.passwordSecret.name }}, key: {{ .Values.redis.passwordSecret.key }}}}
{{- end }}
{{- end }}
{{- if or .Values.redis.address .Values.sealKeySecret.name }}
- name: SHIPBELL_SEAL_KEY
  valueFrom: {secretKeyRef: {name: {{ required "sealKeySecret.name is needed with redis.address: every process needs the same key" .Values.sealKeySecret.name }}, key: {{ .Values.sealKeySecret.key }}}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- /* The pod of both kinds, without its volumes. */ -}}
{{- define "shipbell.pod" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 100
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: shipbell
    image: "{{ required "image.repository is needed: where make release pushed the image" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args: [serve]
    env:
      {{- include "shipbell.env" . | nindent 6 }}
    ports:
      - {name: http, containerPort: 8080}
    livenessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 10
      failureThreshold: 6
    readinessProbe:
      httpGet: {path: /readyz, port: http}
      periodSeconds: 5
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    resources: {{ toJson .Values.resources }}
    volumeMounts:
      - {name: data, mountPath: /var/lib/shipbell}
      - {name: tmp, mountPath: /tmp}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- end }}
